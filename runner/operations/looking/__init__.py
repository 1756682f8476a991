"""Reading back: paths to ask for, replies that may or may not be understood, Zuora's own words."""
