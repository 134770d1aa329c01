"""What people look at: terminal displays, pages and pictures."""
