"""What a file or folder probably is, for `dlrecipe init`: one kind of data a file."""
