//! Impala to WebAssembly, with every table and delay line named as a storage.
