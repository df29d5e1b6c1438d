//! The `[[boot]]` tables of a board file.

use crate::board::Boot;
use crate::document::{SOURCE_HELP, Table};
use crate::error::FileFault;
use crate::region::Region;
use crate::spelling;

const KEYS: &[&str] = &["name", "code", "data", "stack", "source"];

/// Reads them; none is a board with one way to start.
pub(super) fn read(board: &Table<'_>, regions: &[Region]) -> Result<Vec<Boot>, FileFault> {
    let Some(list) = board.get("boot") else { return Ok(Vec::new()) };
    let mut boots: Vec<Boot> = Vec::new();
    for item in list.array("a [[boot]] section")? {
        let table = item.table("a boot mode".to_owned(), "a [[boot]] section")?;
        let name = table.name("a name such as \"flash\"")?;
        let table = &Table { what: format!("boot mode `{name}`"), ..table };
        table.only_keys(KEYS)?;
        if boots.iter().any(|other| other.name == name) {
            let message = format!("two boot modes are named `{name}`");
            return Err(table.fault_at("name", message, "give each a name of its own"));
        }
        boots.push(Boot {
            code: region(table, "code", regions)?,
            data: region(table, "data", regions)?,
            stack: region(table, "stack", regions)?,
            source: table.text("source", SOURCE_HELP)?,
            name,
        });
    }
    Ok(boots)
}

/// The name of a region of the board.
fn region(table: &Table<'_>, key: &'static str, regions: &[Region]) -> Result<String, FileFault> {
    let name = table.text(key, "the name of a region")?;
    if regions.iter().any(|region| region.name == name) {
        return Ok(name);
    }
    let names = regions.iter().map(|region| region.name.as_str());
    let help = spelling::remedy(&name, "the regions are", names);
    Err(table.fault_at(key, format!("the board has no region `{name}`"), &help))
}
