// Made by `supabase gen types --lang typescript`; not to be edited.
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "api_cache": {
                  Row: {
                    "created_at": string,"data": NonNullable<Json>,"expires_at": string,"key": string,"snapshot": unknown
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"data": NonNullable<Json>,"expires_at": string,"key": string,"snapshot"?: unknown
                  }
                  Update: {
                    "created_at"?: string,"data"?: NonNullable<Json>,"expires_at"?: string,"key"?: string,"snapshot"?: unknown
                  }
                  Relationships: [
                    
                  ]
                },"product_suppliers": {
                  Row: {
                    "code": string | null,"cost_price": number | null,"lead_time_days": number | null,"minimum_order": number | null,"name": string,"preferred": boolean,"product_id": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "code"?: string | null,"cost_price"?: number | null,"lead_time_days"?: number | null,"minimum_order"?: number | null,"name": string,"preferred"?: boolean,"product_id": number,"updated_at"?: string
                  }
                  Update: {
                    "code"?: string | null,"cost_price"?: number | null,"lead_time_days"?: number | null,"minimum_order"?: number | null,"name"?: string,"preferred"?: boolean,"product_id"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "product_suppliers_product_id_fkey"
      columns: ["product_id"]
isOneToOne: false
      referencedRelation: "products_enhanced"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "product_suppliers_product_id_fkey"
      columns: ["product_id"]
isOneToOne: false
      referencedRelation: "products_with_specifications"
      referencedColumns: ["id"]
    }
                  ]
                },"product_variants": {
                  Row: {
                    "code": string | null,"color": string | null,"kind": string,"model": string | null,"part_product_id": string | null,"price": number | null,"product_id": number,"quantity": number | null,"required": boolean | null,"size": string | null,"updated_at": string,"variant_key": string
                  }
                  ComputedFields: never
                  Insert: {
                    "code"?: string | null,"color"?: string | null,"kind": string,"model"?: string | null,"part_product_id"?: string | null,"price"?: number | null,"product_id": number,"quantity"?: number | null,"required"?: boolean | null,"size"?: string | null,"updated_at"?: string,"variant_key": string
                  }
                  Update: {
                    "code"?: string | null,"color"?: string | null,"kind"?: string,"model"?: string | null,"part_product_id"?: string | null,"price"?: number | null,"product_id"?: number,"quantity"?: number | null,"required"?: boolean | null,"size"?: string | null,"updated_at"?: string,"variant_key"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "product_variants_product_id_fkey"
      columns: ["product_id"]
isOneToOne: false
      referencedRelation: "products_enhanced"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "product_variants_product_id_fkey"
      columns: ["product_id"]
isOneToOne: false
      referencedRelation: "products_with_specifications"
      referencedColumns: ["id"]
    }
                  ]
                },"products_enhanced": {
                  Row: {
                    "active": boolean | null,"available_for_sale": boolean | null,"base_price": number | null,"brand": string | null,"category": string | null,"cfop_code": string | null,"code": string | null,"cost_price": number | null,"created_at": string | null,"created_by": string | null,"currency": string | null,"custom_fields": Json | null,"deleted_at": string | null,"description": string | null,"dimensions": Json | null,"external_id": string | null,"family_name": string | null,"group_name": string | null,"id": number,"image_url": string | null,"last_sync_at": string | null,"name": string,"ncm_code": string | null,"ploomes_product_id": string,"product_type": string,"segments": (string)[],"source_created_at": string | null,"source_system": string | null,"source_updated_at": string | null,"stock_quantity": number | null,"subcategory": string | null,"sync_version": number | null,"tags": Json | null,"unit_of_measure": string | null,"updated_at": string | null,"weight": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "active"?: boolean | null,"available_for_sale"?: boolean | null,"base_price"?: number | null,"brand"?: string | null,"category"?: string | null,"cfop_code"?: string | null,"code"?: string | null,"cost_price"?: number | null,"created_at"?: string | null,"created_by"?: string | null,"currency"?: string | null,"custom_fields"?: Json | null,"deleted_at"?: string | null,"description"?: string | null,"dimensions"?: Json | null,"external_id"?: string | null,"family_name"?: string | null,"group_name"?: string | null,"id"?: number,"image_url"?: string | null,"last_sync_at"?: string | null,"name": string,"ncm_code"?: string | null,"ploomes_product_id": string,"product_type"?: string,"segments"?: (string)[],"source_created_at"?: string | null,"source_system"?: string | null,"source_updated_at"?: string | null,"stock_quantity"?: number | null,"subcategory"?: string | null,"sync_version"?: number | null,"tags"?: Json | null,"unit_of_measure"?: string | null,"updated_at"?: string | null,"weight"?: number | null
                  }
                  Update: {
                    "active"?: boolean | null,"available_for_sale"?: boolean | null,"base_price"?: number | null,"brand"?: string | null,"category"?: string | null,"cfop_code"?: string | null,"code"?: string | null,"cost_price"?: number | null,"created_at"?: string | null,"created_by"?: string | null,"currency"?: string | null,"custom_fields"?: Json | null,"deleted_at"?: string | null,"description"?: string | null,"dimensions"?: Json | null,"external_id"?: string | null,"family_name"?: string | null,"group_name"?: string | null,"id"?: number,"image_url"?: string | null,"last_sync_at"?: string | null,"name"?: string,"ncm_code"?: string | null,"ploomes_product_id"?: string,"product_type"?: string,"segments"?: (string)[],"source_created_at"?: string | null,"source_system"?: string | null,"source_updated_at"?: string | null,"stock_quantity"?: number | null,"subcategory"?: string | null,"sync_version"?: number | null,"tags"?: Json | null,"unit_of_measure"?: string | null,"updated_at"?: string | null,"weight"?: number | null
                  }
                  Relationships: [
                    
                  ]
                },"rental_specifications": {
                  Row: {
                    "available_units": number | null,"daily_rate": number | null,"damage_fee": number | null,"delivery_available": boolean | null,"deposit": number | null,"late_fee": number | null,"maximum_period_days": number | null,"minimum_period_days": number | null,"monthly_rate": number | null,"pickup_available": boolean | null,"product_id": number,"total_units": number | null,"updated_at": string,"weekly_rate": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "available_units"?: number | null,"daily_rate"?: number | null,"damage_fee"?: number | null,"delivery_available"?: boolean | null,"deposit"?: number | null,"late_fee"?: number | null,"maximum_period_days"?: number | null,"minimum_period_days"?: number | null,"monthly_rate"?: number | null,"pickup_available"?: boolean | null,"product_id": number,"total_units"?: number | null,"updated_at"?: string,"weekly_rate"?: number | null
                  }
                  Update: {
                    "available_units"?: number | null,"daily_rate"?: number | null,"damage_fee"?: number | null,"delivery_available"?: boolean | null,"deposit"?: number | null,"late_fee"?: number | null,"maximum_period_days"?: number | null,"minimum_period_days"?: number | null,"monthly_rate"?: number | null,"pickup_available"?: boolean | null,"product_id"?: number,"total_units"?: number | null,"updated_at"?: string,"weekly_rate"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "rental_specifications_product_id_fkey"
      columns: ["product_id"]
isOneToOne: true
      referencedRelation: "products_enhanced"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "rental_specifications_product_id_fkey"
      columns: ["product_id"]
isOneToOne: true
      referencedRelation: "products_with_specifications"
      referencedColumns: ["id"]
    }
                  ]
                },"service_specifications": {
                  Row: {
                    "billing_cycle": string | null,"completion_hours": number | null,"duration_hours": number | null,"location": string | null,"product_id": number,"required_skills": (string)[],"response_hours": number | null,"updated_at": string,"warranty_months": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "billing_cycle"?: string | null,"completion_hours"?: number | null,"duration_hours"?: number | null,"location"?: string | null,"product_id": number,"required_skills"?: (string)[],"response_hours"?: number | null,"updated_at"?: string,"warranty_months"?: number | null
                  }
                  Update: {
                    "billing_cycle"?: string | null,"completion_hours"?: number | null,"duration_hours"?: number | null,"location"?: string | null,"product_id"?: number,"required_skills"?: (string)[],"response_hours"?: number | null,"updated_at"?: string,"warranty_months"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "service_specifications_product_id_fkey"
      columns: ["product_id"]
isOneToOne: true
      referencedRelation: "products_enhanced"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "service_specifications_product_id_fkey"
      columns: ["product_id"]
isOneToOne: true
      referencedRelation: "products_with_specifications"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            "catalogue_freshness": {
                  Row: {
                    "changed_at": string | null,"products": number | null,"read_at": string | null,"read_up_to": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"product_categories": {
                  Row: {
                    "category": string | null,"products": number | null,"subcategory": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"product_sync_logs": {
                  Row: {
                    "attempt": number,"completed_at": string | null,"created_at": string,"duration_seconds": number | null,"error_message": string | null,"errors": NonNullable<Json>,"origin": string | null,"pages": number,"products_created": number,"products_deleted": number,"products_failed": number,"products_restored": number,"products_skipped": number,"products_unchanged": number,"products_updated": number,"reason": string | null,"records_per_second": number | null,"requests": number,"retries": number,"scope": string | null,"started_at": string | null,"status": string,"sync_id": string,"sync_type": string | null,"total_processed": number
                  }
                  ComputedFields: never
                  Insert: {
                           "attempt"?: number | null,"completed_at"?: string | null,"created_at"?: string | null,"duration_seconds"?: never,"error_message"?: string | null,"errors"?: Json | null,"origin"?: never,"pages"?: number | null,"products_created"?: number | null,"products_deleted"?: number | null,"products_failed"?: number | null,"products_restored"?: number | null,"products_skipped"?: number | null,"products_unchanged"?: number | null,"products_updated"?: number | null,"reason"?: string | null,"records_per_second"?: never,"requests"?: number | null,"retries"?: number | null,"scope"?: never,"started_at"?: string | null,"status"?: string | null,"sync_id"?: string | null,"sync_type"?: string | null,"total_processed"?: number | null
                         }
                        Update: {
                           "attempt"?: number | null,"completed_at"?: string | null,"created_at"?: string | null,"duration_seconds"?: never,"error_message"?: string | null,"errors"?: Json | null,"origin"?: never,"pages"?: number | null,"products_created"?: number | null,"products_deleted"?: number | null,"products_failed"?: number | null,"products_restored"?: number | null,"products_skipped"?: number | null,"products_unchanged"?: number | null,"products_updated"?: number | null,"reason"?: string | null,"records_per_second"?: never,"requests"?: number | null,"retries"?: number | null,"scope"?: never,"started_at"?: string | null,"status"?: string | null,"sync_id"?: string | null,"sync_type"?: string | null,"total_processed"?: number | null
                         }
                        Relationships: [
                    
                  ]
                },"products_with_specifications": {
                  Row: {
                    "active": boolean | null,"available_for_sale": boolean | null,"available_units": number | null,"base_price": number | null,"billing_cycle": string | null,"brand": string | null,"category": string | null,"cfop_code": string | null,"code": string | null,"completion_hours": number | null,"currency": string | null,"daily_rate": number | null,"damage_fee": number | null,"delivery_available": boolean | null,"deposit": number | null,"description": string | null,"dimensions": Json | null,"duration_hours": number | null,"external_id": string | null,"family_name": string | null,"group_name": string | null,"id": number,"image_url": string | null,"last_sync_at": string | null,"late_fee": number | null,"maximum_period_days": number | null,"minimum_period_days": number | null,"monthly_rate": number | null,"name": string,"ncm_code": string | null,"pickup_available": boolean | null,"ploomes_product_id": string,"product_type": string,"required_skills": (string)[] | null,"response_hours": number | null,"segments": (string)[],"service_location": string | null,"source_created_at": string | null,"source_updated_at": string | null,"stock_quantity": number | null,"subcategory": string | null,"total_units": number | null,"unit_of_measure": string | null,"warranty_months": number | null,"weekly_rate": number | null,"weight": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                }
          }
          Functions: {
            "search_products":
{ Args: { "after"?: string,"from_source"?: string,"is_active"?: boolean,"max_price"?: number,"min_price"?: number,"of_brand"?: string,"of_category"?: string,"of_segment"?: string,"of_type"?: string,"page_size"?: number,"q"?: string,"sort_by"?: string,"with_deleted"?: boolean,"with_stock"?: boolean }; Returns: {
              "active": boolean,"base_price": number,"brand": string,"category": string,"code": string,"currency": string,"deleted_at": string,"highlight": string,"id": number,"image_url": string,"name": string,"place": string,"ploomes_product_id": string,"product_type": string,"rank": number,"segments": (string)[],"source_updated_at": string,"stock_quantity": number,"subcategory": string,"unit_of_measure": string
            }[]
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
