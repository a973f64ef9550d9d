"""Pages for people: what leaves, what came, what the logs show. Self-contained HTML, each in both languages."""
