//! Variables as storages for the placer.

use sostenuto_board::Kind;

use crate::firmware::Firmware;

#[test]
fn variables_are_storages_of_their_size_kind_and_alignment() {
    let source = r#"
        const int table[6] = { 1, 2, 3 };
        IN(".sdram_bss") __attribute__((aligned(32))) char line[100];
        short level = 3;
        int main(void) { KEEP(table); KEEP(line); KEEP(&level); return 0; }
    "#;
    let firmware = Firmware::of(source);
    let storages = firmware.image().storages();
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
    let storages = Firmware::of(source).image().storages();
    assert_eq!(storages.iter().filter(|storage| storage.bytes == 16).count(), 1, "{storages:#?}");
}
