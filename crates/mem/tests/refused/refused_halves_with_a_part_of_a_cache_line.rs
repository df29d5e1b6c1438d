use sostenuto_mem::ping_pong::{NoCache, PingPong};
use sostenuto_mem::region;

region! {
    in ".sram1_bss", uninitialised, dma;
    static HALVES: [[i16; 24]; 2] = [[0; 24]; 2];
}
static CAPTURE: PingPong = PingPong::new();

fn main() {
    let _ = CAPTURE.capture(HALVES.take().unwrap(), NoCache);
}
