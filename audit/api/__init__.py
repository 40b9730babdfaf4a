"""What Python programs and notebooks use: one file a function, each offered by ``import audit`` too."""
