"""An agreement in the words of others: Frictionless Table Schema, ODRL, DPV; and what each cannot hold."""
