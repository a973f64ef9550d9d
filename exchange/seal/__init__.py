"""Sealed files: signed by their sender, then encrypted for one recipient; opened in two passes. See FORMAT.md."""
