//! DMA buffers: reach and cache.

use sostenuto_board::inspect::{Check, DmaBuffer, InspectError, Question, Severity, inspect};

use crate::firmware::{Firmware, daisy, none, of, one};

const BUFFERS: &str = r#"
    __attribute__((aligned(32))) char fast[64];
    IN(".axi_bss") __attribute__((aligned(32))) char whole[64];
    IN(".axi_bss") char rest;
    IN(".axi_bss") char ragged[50];
    int main(void) { KEEP(fast); KEEP(whole); KEEP(&rest); KEEP(ragged); return 0; }
"#;

#[test]
fn a_buffer_that_its_master_does_not_reach_is_an_error() {
    let firmware = Firmware::of(BUFFERS);
    let found = firmware.dma("fast", "DMA1");
    one(&found, Check::DmaReach, Severity::Error, &["`fast` (64 B)", "in DTCM", "DMA1 does not reach"]);
    none(&found, Check::DmaCache);
    let found = firmware.dma("fast", "MDMA");
    none(&found, Check::DmaReach);
    none(&firmware.dma("whole", "DMA1"), Check::DmaReach);
}

#[test]
fn a_cached_buffer_is_an_error_unless_the_program_maintains_the_cache() {
    let firmware = Firmware::of(BUFFERS);
    one(
        &firmware.dma("whole", "DMA1"),
        Check::DmaCache,
        Severity::Error,
        &["`whole` (64 B)", "is cached: AXI SRAM is write-back"],
    );
    let buffers = vec![DmaBuffer { symbol: "whole".into(), master: "DMA1".into(), maintained: true }];
    none(&firmware.ask(&Question { buffers, ..Question::default() }), Check::DmaCache);
}

#[test]
fn a_buffer_that_shares_a_line_is_an_error_that_names_the_neighbour() {
    let firmware = Firmware::of(BUFFERS);
    let buffers = vec![DmaBuffer { symbol: "ragged".into(), master: "DMA1".into(), maintained: true }];
    let found = firmware.ask(&Question { buffers, ..Question::default() });
    one(
        &found,
        Check::DmaCache,
        Severity::Error,
        &["`ragged` (50 B)", "cache line of 32 B", "shares a line with `rest`"],
    );
}

#[test]
fn uncached_memory_asks_for_no_alignment() {
    let source = "char odd; char buffer[50]; int main(void) { KEEP(&odd); KEEP(buffer); return 0; }";
    none(&Firmware::of(source).dma("buffer", "MDMA"), Check::DmaCache);
}

#[test]
fn unknown_names_are_answered_with_the_known() {
    let firmware = Firmware::of(BUFFERS);
    for (symbol, master, told) in [
        ("fasst", "DMA1", "no variable `fasst` among its 5; did you mean `fast`?"),
        ("fast", "DMA3", "no region of the board `daisy-seed-65mb` is reached by `DMA3`"),
    ] {
        let buffers = vec![DmaBuffer { symbol: symbol.into(), master: master.into(), maintained: false }];
        let question = Question { buffers, ..Question::default() };
        let error: InspectError = inspect(&firmware.image(), &daisy(), &question).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn a_list_of_buffers_is_read_and_its_slips_are_told_with_line_and_column() {
    let list = "[[buffer]]\nsymbol = \"rx\"\nmaster = \"DMA1\"\n\n[[buffer]]\nsymbol = \"tx\"\nmaster = \"BDMA\"\nmaintained = true\n";
    let buffers = DmaBuffer::list(list, "list.toml", &daisy()).unwrap();
    assert_eq!((buffers.len(), buffers[0].maintained, buffers[1].maintained), (2, false, true));
    let told = |list: &str| DmaBuffer::list(list, "list.toml", &daisy()).unwrap_err().to_string();
    for (list, message) in [
        (
            list.replace("maintained", "mantained"),
            "8:1: a buffer has no key `mantained`\n  help: did you mean `maintained`?",
        ),
        (list.replace("true", "1"), "8:14: `maintained` cannot be an integer\n  help: write true or false"),
        (
            list.replace("BDMA", "BMDA"),
            "7:10: no region of the board `daisy-seed-65mb` is reached by `BMDA`\n  help: did you mean `BDMA`? \
             its DMA controllers are BDMA, DMA1, DMA2, MDMA",
        ),
        (
            "[[buffer]]\nsymbol = \"rx\"\n".to_owned(),
            "1:1: a buffer lacks the key `master`\n  help: the DMA controller that moves it, such as \"DMA1\"",
        ),
    ] {
        assert_eq!(told(&list), format!("list.toml:{message}"));
    }
}

#[test]
fn sections_named_for_dma_are_pointed_at_until_their_buffers_are_named() {
    let dma = [(
        ".sram1_bss (NOLOAD)",
        ".dma_buffers (NOLOAD) : { *(.dma_buffers) } > SRAM1\n  .sram1_bss (NOLOAD)",
    )];
    let source = r#"IN(".dma_buffers") __attribute__((aligned(32))) char rx[64]; int main(void) { KEEP(rx); return 0; }"#;
    let firmware = Firmware::with(source, &dma, &[]);
    one(&firmware.inspect(), Check::DmaUnnamed, Severity::Note, &["`.dma_buffers`", "`rx`"]);
    assert!(of(&firmware.dma("rx", "DMA1"), Check::DmaUnnamed).is_empty());
}
