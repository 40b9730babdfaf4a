"""What a trainer makes of the labels before its loss sees them."""
