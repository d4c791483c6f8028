"""Parts of pages, in elements of NiceGUI; each is drawn anew when what it shows has changed."""
