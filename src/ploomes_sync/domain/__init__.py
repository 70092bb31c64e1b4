"""What a product, a page and a run are: pure values and functions, no I/O and no clock."""
