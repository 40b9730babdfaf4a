"""Rules that say where an audit stopped short because the labels leave no end in sight."""
