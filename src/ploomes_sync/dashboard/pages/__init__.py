"""The pages: each reads what was asked, asks the service, and renders."""
