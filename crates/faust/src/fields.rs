//! The fields of a program, with their names and addresses.
//!
//! In the module there are addresses only, in C there are names only. Both are made by one compiler, which lays memory out
//! as C declares it: the static tables, the fields of the program, those of the generators of tables, the constants of
//! waveforms. Two things show whether that holds: the addresses of the parameters and the size of the whole. Where it does not,
//! single numbers have changed places; arrays are still cleared in the order in which C clears them.

use sostenuto_board::program::Precision;

use crate::description::Description;

/// Something in the program's own memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) address: u32,
    pub(crate) bytes: u32,
    /// How many numbers, if it is an array.
    pub(crate) length: Option<u32>,
    pub(crate) role: Role,
}

/// What the program does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Filled when the program starts, and only read after that.
    Table,
    /// Changed while it plays.
    State,
    /// Used while a table is filled.
    Generator,
}

/// The fields as generated C declares them; `None` when they are not those of the module that describes itself so.
pub(crate) fn of_c(c: &str, description: &Description, precision: Precision) -> Option<Vec<Field>> {
    let declared = Declared::read(c, precision)?;
    let mut fields = Vec::new();
    let mut address = 0_u32;
    let (program, generators) = declared.structures.split_last()?;
    let parts = [
        (&declared.tables, Role::Table),
        (program, Role::State),
        (&generators.concat(), Role::Generator),
        (&declared.waveforms, Role::Table),
    ];
    for (part, role) in parts {
        for Declaration { name, size, length } in part {
            let bytes = size.checked_mul(length.unwrap_or(1))?;
            fields.push(Field { name: name.clone(), address, bytes, length: *length, role });
            address = address.checked_add(bytes)?;
        }
    }
    let at = |name: &String| fields.iter().find(|field| field.name == *name).map(|field| field.address);
    let widgets: Option<Vec<u32>> = declared.widgets.iter().map(at).collect();
    (address == description.size && widgets? == description.addresses()).then_some(fields)
}

/// Names the arrays of a module whose fields are in another order than C declares them, by the order in which both clear those
/// that change and have their tables. Arrays keep their names where the two do not agree one by one.
pub(crate) fn name_by_order(arrays: &mut [Field], c: &str, precision: Precision) {
    let Some(declared) = Declared::read(c, precision) else { return };
    let Some(program) = declared.structures.last() else { return };
    let of_program = |name: &String| program.iter().find(|declaration| declaration.name == *name);
    let Some(cleared) = declared.cleared.iter().map(of_program).collect::<Option<Vec<_>>>() else { return };
    for (role, names) in [(Role::State, cleared), (Role::Table, declared.tables.iter().collect())] {
        let mut found: Vec<&mut Field> = arrays.iter_mut().filter(|array| array.role == role).collect();
        let is_like = |(field, it): (&&mut Field, &&Declaration)| {
            field.length == it.length && Some(field.bytes) == it.size.checked_mul(it.length.unwrap_or(1))
        };
        if found.len() == names.len() && found.iter().zip(&names).all(is_like) {
            found.iter_mut().zip(names).for_each(|(field, it)| field.name.clone_from(&it.name));
        }
    }
}

/// What a C file declares.
#[derive(Debug, Default)]
struct Declared {
    tables: Vec<Declaration>,
    waveforms: Vec<Declaration>,
    /// Those of generators, and last that of the program.
    structures: Vec<Vec<Declaration>>,
    /// The fields of parameters and meters, in order.
    widgets: Vec<String>,
    /// The arrays that are cleared when the program starts, in order.
    cleared: Vec<String>,
}

#[derive(Debug, Clone)]
struct Declaration {
    name: String,
    /// The bytes of one number.
    size: u32,
    /// Of an array.
    length: Option<u32>,
}

impl Declared {
    fn read(c: &str, precision: Precision) -> Option<Declared> {
        let mut declared = Declared::default();
        let mut structure: Option<Vec<Declaration>> = None;
        let mut clears = false;
        for line in c.lines() {
            if line.starts_with("typedef struct {") {
                structure = Some(Vec::new());
            } else if line.starts_with("void instanceClear") {
                clears = true;
            } else if line.starts_with('}') {
                declared.structures.extend(structure.take());
                clears = false;
            } else if let Some(fields) = &mut structure {
                // A field that is not understood would shift all that follow.
                fields.push(Declaration::read(line.trim().strip_suffix(';')?, precision)?);
            } else if let Some((array, _)) =
                line.trim().strip_prefix("dsp->").filter(|_| clears).and_then(|line| line.split_once('['))
            {
                declared.cleared.push(array.to_owned());
            } else if let Some(variable) = line.strip_prefix("static ") {
                let variable = variable.strip_prefix("const ").unwrap_or(variable);
                let waveform = variable.split_once(" = {").map(|(declaration, _)| declaration);
                let table = variable.strip_suffix("];").map(|_| variable.trim_end_matches(';'));
                let list = if waveform.is_some() { &mut declared.waveforms } else { &mut declared.tables };
                if let Some(declaration) = waveform.or(table) {
                    list.push(Declaration::read(declaration, precision)?);
                }
            } else if let Some((_, widget)) = line.split_once("ui_interface->add") {
                let field = widget.split_once("&dsp->")?.1.split([',', ')']).next()?;
                declared.widgets.push(field.to_owned());
            }
        }
        Some(declared)
    }
}

impl Declaration {
    /// Reads `float fRec0[16384]` or `int IOTA0`.
    fn read(text: &str, precision: Precision) -> Option<Declaration> {
        let (kind, name) = text.trim().rsplit_once(' ')?;
        let size = match kind.trim() {
            "int" | "float" => 4,
            "double" => 8,
            "FAUSTFLOAT" => precision.bytes(),
            _ => return None,
        };
        match name.split_once('[') {
            Some((name, length)) => {
                let length = length.strip_suffix(']')?.parse().ok()?;
                Some(Declaration { name: name.to_owned(), size, length: Some(length) })
            }
            None => Some(Declaration { name: name.to_owned(), size, length: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: &str = "
typedef struct {
	int iRec2[2];
} mydspSIG0;

static mydspSIG0* newmydspSIG0() { return (mydspSIG0*)calloc(1, sizeof(mydspSIG0)); }
static float fmydspSIG0Wave0[3] = {1.0f,2.0f,3.0f};
static float mydsp_faustpower2_f(float value) {
	return value * value;
}
static float ftbl0mydspSIG0[5];

typedef struct {
	int IOTA0;
	FAUSTFLOAT fHslider0;
	float fRec0[100];
} mydsp;

void instanceClearmydsp(mydsp* dsp) {
	dsp->IOTA0 = 0;
	for (l1 = 0; l1 < 100; l1 = l1 + 1) {
		dsp->fRec0[l1] = 0.0f;
	}
}

void buildUserInterfacemydsp(mydsp* dsp, UIGlue* ui_interface) {
	ui_interface->openVerticalBox(ui_interface->uiInterface, \"echo\");
	ui_interface->addHorizontalSlider(ui_interface->uiInterface, \"feedback\", &dsp->fHslider0, (FAUSTFLOAT)0.5f);
	ui_interface->closeBox(ui_interface->uiInterface);
}
";

    fn description(size: u32, index: u32) -> Description {
        let json = format!(
            r#"{{"size": {size}, "inputs": 1, "outputs": 1, "ui": [{{"type": "vgroup", "label": "echo", "items": [
                {{"type": "hslider", "label": "feedback", "address": "/echo/feedback", "index": {index}}}]}}]}}"#
        );
        Description::parse(json.as_bytes()).expect("a description")
    }

    #[test]
    fn tables_come_first_then_the_program_its_generators_and_waveforms() {
        let fields = of_c(C, &description(448, 24), Precision::Single).expect("they agree");
        let told: Vec<_> =
            fields.iter().map(|field| (field.name.as_str(), field.address, field.role)).collect();
        assert_eq!(
            told,
            [
                ("ftbl0mydspSIG0", 0, Role::Table),
                ("IOTA0", 20, Role::State),
                ("fHslider0", 24, Role::State),
                ("fRec0", 28, Role::State),
                ("iRec2", 428, Role::Generator),
                ("fmydspSIG0Wave0", 436, Role::Table),
            ]
        );
    }

    #[test]
    fn names_that_do_not_agree_with_the_module_are_not_used() {
        assert_eq!(of_c(C, &description(452, 24), Precision::Single), None, "another size");
        assert_eq!(of_c(C, &description(448, 28), Precision::Single), None, "another place of a parameter");
        let unknown = C.replace("int IOTA0", "int64_t IOTA0");
        assert_eq!(of_c(&unknown, &description(448, 24), Precision::Single), None, "a type of unknown size");
    }

    #[test]
    fn arrays_are_named_by_order_where_all_of_them_agree() {
        let array = |address: u32, length: u32, role| {
            let name = format!("array {address}");
            Field { name, address, bytes: 4 * length, length: Some(length), role }
        };
        let named = |arrays: &[Field]| {
            let mut arrays = arrays.to_vec();
            name_by_order(&mut arrays, C, Precision::Single);
            arrays.into_iter().map(|array| array.name).collect::<Vec<_>>()
        };
        let (line, table) = (array(32, 100, Role::State), array(0, 5, Role::Table));
        assert_eq!(named(&[line.clone(), table.clone()]), ["fRec0", "ftbl0mydspSIG0"]);
        assert_eq!(named(&[array(32, 101, Role::State), table.clone()]), ["array 32", "ftbl0mydspSIG0"]);
        assert_eq!(named(&[line.clone(), line, table]), ["array 32", "array 32", "ftbl0mydspSIG0"]);
    }
}
