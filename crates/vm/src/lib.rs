//! A metered, resumable WebAssembly interpreter for real-time audio, generic over its linear memory.
