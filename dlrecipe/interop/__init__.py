"""What leaves for other tools and what comes from them. Knows no terminal."""
