"""From the cells of a row to a valid request body, with every problem of the row told at once."""
