"""The code lists as tables; README.md says where each is from."""
