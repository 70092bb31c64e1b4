-- Optional: lets the database clear up by itself, for those who sync from a cron job and run no `ploomes-sync worker`.
-- Run it once in Supabase's SQL editor, after switching on the extension pg_cron. A worker does the same; both at once
-- do no harm. To take it back: select cron.unschedule(jobname) from cron.job where jobname like 'ploomes-sync %';

select cron.schedule('ploomes-sync cache', '*/10 * * * *', $$
  delete from public.api_cache where expires_at <= now()
$$);

select cron.schedule('ploomes-sync changes', '5 * * * *', $$
  delete from ploomes_sync.catalogue_changes where at < now() - interval '1 day'
$$);

select cron.schedule('ploomes-sync history', '35 4 * * *', $$
  delete from ploomes_sync.run_events where at < now() - interval '90 days';
  delete from ploomes_sync.error_stats where minute < now() - interval '90 days';
  delete from ploomes_sync.webhook_events where at < now() - interval '90 days'
$$);
