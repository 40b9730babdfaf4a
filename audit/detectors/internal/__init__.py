"""What the audit itself reports about its work."""
