"""From an organisation's own workbook to the dictionary's fields. The only room that builds an `Extract`.

`read_extract` (reading.py) is the way in. It reads the sheet (workbook.py: xlsx.py or csv_text.py), finds the columns
(columns.py), reads each column's values (values.py, dates.py, places.py) and checks rows (checks.py). What can be wrong
and how much it weighs stands in one table (findings.py).
"""
