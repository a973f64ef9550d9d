"""The memory of earlier releases, and what several releases held together would tell."""
