//! What `inspect` finds in images that the Arm compiler makes: each failure once with it and once without.

mod bad_input;
mod dma;
mod doubles;
mod firmware;
mod ground;
mod initialisers;
mod late;
mod padding;
mod report;
mod stack;
mod storages;
