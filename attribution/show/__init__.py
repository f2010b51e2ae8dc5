"""What people look at: charts and the one-page report."""
