"""Secure data sharing between organisations. The public names stand here; all else is free to change."""
