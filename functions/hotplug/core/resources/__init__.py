"""AWS resources as data: functions, versions, aliases, alarms, packages and images."""
