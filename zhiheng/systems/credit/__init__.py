"""Quality credit: one file per organisation, gathered from many offices, exchanged, verified, and classed by risk."""
