"""What a release is, told after it was found: its risk (`risk`, `population`), its use (`utility`), its `report`."""
