"""The linking agent: filters of many senders come, which rows are of one person goes out, and nothing stays."""
