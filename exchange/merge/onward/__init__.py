"""What a recipient may pass on of the merged view, as an extract of its own."""
