"""What people look at: terminal displays, and later pages and plots."""
