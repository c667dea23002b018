"""The service (`syncd run`): jobs on a timetable, by the one that leads, until it is told to end.

`serve` puts it together and waits for signals; `timetable` runs jobs one after the other; `work` is what they do;
`files` keeps the last good files in force; `heart` tells the watchdog of progress.
"""
