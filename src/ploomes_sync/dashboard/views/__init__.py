"""What the templates show, made of what the service tells (pure)."""
