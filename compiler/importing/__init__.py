"""Programs made of what others have: SQL of any dialect, dbt projects, data. What can't be taken over is listed."""
