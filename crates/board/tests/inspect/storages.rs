//! Variables as storages for the placer.

use sostenuto_board::inspect::{DmaBuffer, InspectError};
use sostenuto_board::{Kind, Start, place};

use crate::firmware::{Firmware, daisy};

#[test]
fn variables_are_storages_of_their_size_kind_and_alignment() {
    let source = r#"
        const int table[6] = { 1, 2, 3 };
        IN(".sdram_bss") __attribute__((aligned(32))) char line[100];
        short level = 3;
        int main(void) { KEEP(table); KEEP(line); KEEP(&level); return 0; }
    "#;
    let firmware = Firmware::of(source);
    let storages = firmware.image().storages(&daisy(), &[]).unwrap();
    let find = |name: &str| storages.iter().find(|storage| storage.name == name).expect(name);
    assert_eq!((find("table").kind, find("table").bytes), (Kind::Table, 24));
    assert_eq!((find("line").kind, find("line").bytes, find("line").align), (Kind::State, 100, 32));
    assert_eq!((find("level").kind, find("level").bytes), (Kind::State, 2));
    assert!(find("level").align >= 2 && find("level").align.is_power_of_two());
    assert!(storages.iter().all(|storage| storage.name != "main"), "functions are no storages");
}

#[test]
fn two_names_of_one_variable_are_one_storage() {
    let source = "int one[4] = { 1 }; extern int other[4] __attribute__((alias(\"one\"))); \
                  int main(void) { KEEP(one); KEEP(other); return 0; }";
    let storages = Firmware::of(source).image().storages(&daisy(), &[]).unwrap();
    assert_eq!(storages.iter().filter(|storage| storage.bytes == 16).count(), 1, "{storages:#?}");
}

#[test]
fn what_has_a_first_value_is_planned_where_it_is_loaded() {
    let source = r#"
        const int table[6] = { 1, 2, 3 };
        int level = 3;
        char line[100];
        int main(void) { KEEP(table); KEEP(&level); KEEP(line); return 0; }
    "#;
    let storages = Firmware::of(source).image().storages(&daisy(), &[]).unwrap();
    let start = |name: &str| storages.iter().find(|storage| storage.name == name).expect(name).needs.start;
    assert_eq!(["table", "level", "line"].map(start), [Some(Start::Loaded), Some(Start::Loaded), None]);
    let plan = place(&daisy(), &storages);
    // After the boot mode `flash` the variables are in AXI SRAM, and start-up code copies nothing elsewhere.
    assert_eq!(
        ["table", "level", "line"].map(|name| &*plan.placement(name).unwrap().region),
        ["AXI SRAM", "AXI SRAM", "DTCM"]
    );
}

#[test]
fn dma_buffers_are_planned_where_their_controllers_reach() {
    let source = "char rx[64]; char other[64]; int main(void) { KEEP(rx); KEEP(other); return 0; }";
    let firmware = Firmware::of(source);
    let buffer = |symbol: &str, master: &str| DmaBuffer {
        symbol: symbol.to_owned(),
        master: master.to_owned(),
        maintained: false,
    };
    let storages = firmware.image().storages(&daisy(), &[buffer("rx", "DMA1")]).unwrap();
    let plan = place(&daisy(), &storages);
    let region = |name: &str| &*plan.placement(name).unwrap().region;
    assert_eq!((region("rx"), region("other")), ("SRAM1 DMA", "DTCM"));

    let fault = firmware.image().storages(&daisy(), &[buffer("rx", "DMA")]).unwrap_err();
    assert!(matches!(fault, InspectError::Master { .. }), "{fault}");
    let fault = firmware.image().storages(&daisy(), &[buffer("rxx", "DMA1")]).unwrap_err();
    assert!(fault.to_string().contains("did you mean `rx`?"), "{fault}");
    let fault = firmware.image().storages(&daisy(), &[buffer("_estack", "DMA1")]).unwrap_err();
    assert!(fault.to_string().starts_with("`_estack` is no variable with a size"), "{fault}");
}
