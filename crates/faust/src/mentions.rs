//! The compiler's own count of accesses: how often the text of a sample mentions each array.

use sostenuto_board::program::{Mentions, Program};

/// Reads what generated C++ tells a memory manager: `info(bytes, reads, writes)` below a comment with the name, or since
/// the end of 2025 `info("name", type, count, bytes, reads, writes)`. The program itself stands for its single numbers.
pub(crate) fn of_cpp(cpp: &str) -> Vec<Mentions> {
    let mut mentions = Vec::new();
    let mut comment = "";
    for line in cpp.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("// ") {
            comment = name;
        }
        let Some(call) = line.strip_prefix("fManager->info(") else { continue };
        let mut arguments = call.trim_end_matches([')', ';']).rsplit(',').map(str::trim);
        let mut number = || arguments.next()?.parse().ok();
        let (Some(writes), Some(reads)) = (number(), number()) else { continue };
        let name = call.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or(comment);
        let storage = if name == "mydsp" { Program::SCALARS } else { name }.to_owned();
        mentions.push(Mentions { storage, reads, writes });
    }
    mentions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let old = "\t\tfManager->begin(2);\n\t\t// mydsp\n\t\tfManager->info(36, 4, 1);\n\t\t// fRec0\n\t\tfManager->info(65536, 2, 1);";
        let new = r#"fManager->info("mydsp", MemType::kObj_ptr, 1, 36, 4, 1);
            fManager->info("fRec0", MemType::kFloat_ptr, 16384, 65536, 2, 1);"#;
        let scalars = Mentions { storage: "scalars".into(), reads: 4, writes: 1 };
        let array = Mentions { storage: "fRec0".into(), reads: 2, writes: 1 };
        assert_eq!(of_cpp(old), [scalars.clone(), array.clone()]);
        assert_eq!(of_cpp(new), [scalars, array]);
    }
}
