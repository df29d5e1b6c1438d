//! The board files built into the binary, and their schema.

/// Names and texts. The first that has the room is what a misfit suggests: boards made for audio come before the others,
/// and of each those with less memory before those with more.
pub(crate) const BOARDS: [(&str, &str); 8] = [
    ("permut8", include_str!("../../../boards/permut8.toml")),
    ("daisy-seed-1mb", include_str!("../../../boards/daisy-seed-1mb.toml")),
    ("daisy-seed-65mb", include_str!("../../../boards/daisy-seed-65mb.toml")),
    ("daisy-patch-sm", include_str!("../../../boards/daisy-patch-sm.toml")),
    ("heltec", include_str!("../../../boards/heltec.toml")),
    ("conez-v0-1", include_str!("../../../boards/conez-v0-1.toml")),
    ("qemu-mps2-an500", include_str!("../../../boards/qemu-mps2-an500.toml")),
    ("host", include_str!("../../../boards/host.toml")),
];

/// What an editor needs to know of them.
pub(crate) const SCHEMA: &str = include_str!("../../../boards/board.schema.json");
