//! Hosts a running patch: the Permut8 machine, parameters, WAV files and the measured report.
