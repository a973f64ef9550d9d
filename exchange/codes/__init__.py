"""Code lists, places and identity numbers: what the world outside has fixed. The only room that imports lokal."""
