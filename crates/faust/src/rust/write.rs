//! The module that is written.

use super::accesses::accesses;
use super::math::{self, Function};
use super::program::{Program, Table, bytes_of, elements_of};
use super::rewrite::{Needs, Places, rewrite, with_plain_index};
use super::{Module, RustError, RustOptions, interface, storages};
use crate::storages::is_line;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Field, ImplItem, ImplItemFn, Index, Type, TypeArray};

/// What stays of the class, on arrays that are handed in.
const FUNCTIONS_OF_STATE: [&str; 7] = [
    "static_init",
    "instance_constants",
    "instance_reset_params",
    "instance_clear",
    "compute",
    "get_param",
    "set_param",
];

/// Writes the module.
pub fn module(program: Program, options: &RustOptions) -> Result<Module, RustError> {
    let (arrays, state) = split(&program, options)?;
    let storages = storages::of(&program, &arrays, &state)?;
    let instance = program.class.to_string();
    let mut writer = Writer::new(program, arrays)?;
    let tokens = writer.module(&state, options)?;
    let file = syn::parse2(tokens).map_err(|error| RustError::Unsupported(error.to_string()))?;
    Ok(Module { text: prettyplease::unparse(&file), storages, instance })
}

/// The arrays that are placed one by one, and the fields that stay together.
fn split(program: &Program, options: &RustOptions) -> Result<(Vec<Table>, Vec<Field>), RustError> {
    let as_array = |field: &Field| match (&field.ty, &field.ident) {
        (Type::Array(array), Some(name)) => Some(Table { name: name.clone(), array: array.clone() }),
        _ => None,
    };
    let of_instance = program.fields.iter().filter_map(as_array).map(|array| array.name.to_string());
    // Tables are placed one by one anyway.
    let names: Vec<String> =
        of_instance.chain(program.tables.iter().map(|table| table.name.to_string())).collect();
    if let Some(name) = options.placed.iter().find(|name| !names.contains(name)) {
        let arrays = if names.is_empty() { "none".to_string() } else { names.join(", ") };
        return Err(RustError::NoSuchArray { name: name.clone(), arrays });
    }
    let is_placed = |array: &Table| {
        options.placed.contains(&array.name.to_string())
            || bytes_of(&array.array).is_some_and(|bytes| bytes > options.threshold)
    };
    let (mut placed, mut together) = (Vec::new(), Vec::new());
    for field in &program.fields {
        match as_array(field).filter(is_placed) {
            Some(array) => placed.push(array),
            None => together.push(field.clone()),
        }
    }
    Ok((placed, together))
}

struct Writer {
    program: Program,
    arrays: Vec<Table>,
    places: Places,
    /// The types of arrays and tables, by name.
    types: BTreeMap<String, TypeArray>,
    zones: Vec<TokenStream>,
    /// Which zone an array or table has, by name.
    positions: BTreeMap<String, usize>,
    state: usize,
    functions: BTreeSet<Function>,
    /// What is called by its name alone.
    calls: BTreeSet<String>,
}

impl Writer {
    /// Gives each zone its number: the class's before the instance's, and generators after what they compute.
    fn new(program: Program, arrays: Vec<Table>) -> Result<Self, RustError> {
        let counts = accesses(&program.function("compute")?.block);
        let class_init = program.function("class_init")?;
        let mut writer = Self {
            places: Places::default(),
            types: BTreeMap::new(),
            zones: Vec::new(),
            positions: BTreeMap::new(),
            state: 0,
            functions: BTreeSet::new(),
            calls: BTreeSet::new(),
            program,
            arrays,
        };
        for table in &writer.program.tables {
            writer.places.tables.insert(table.name.to_string());
        }
        for array in &writer.arrays {
            writer.places.arrays.insert(array.name.to_string());
        }
        let class_text = quote!(#class_init).to_string();
        let made_by_class = |name: &Ident| class_text.contains(&format!("new{name} "));
        let generators: Vec<Ident> =
            writer.program.generators.iter().map(|generator| generator.name.clone()).collect();
        let (of_class, of_instance): (Vec<_>, Vec<_>) = generators.into_iter().partition(made_by_class);

        let tables: Vec<_> =
            writer.program.tables.iter().map(|table| (table.name.clone(), table.array.clone())).collect();
        let arrays: Vec<_> =
            writer.arrays.iter().map(|array| (array.name.clone(), array.array.clone())).collect();
        for (name, array) in tables {
            writer.array_zone(&name, array, &counts, "Class");
        }
        for name in of_class {
            writer.generator_zone(&name, "Class");
        }
        writer.state = writer.zones.len();
        let (position, class) = (Index::from(writer.state), writer.program.class.to_string());
        writer.zones.push(quote! { Zone::of::<State>(#class, #position, Role::Instance, Phase::Instance) });
        for (name, array) in arrays {
            writer.array_zone(&name, array, &counts, "Instance");
        }
        for name in of_instance {
            writer.generator_zone(&name, "Instance");
        }
        Ok(writer)
    }

    fn array_zone(
        &mut self,
        name: &Ident,
        array: TypeArray,
        counts: &BTreeMap<String, [usize; 2]>,
        phase: &str,
    ) {
        let (text, position, phase) = (name.to_string(), self.zones.len(), format_ident!("{}", phase));
        let role = match text.contains("tbl") {
            true => quote!(Table),
            false if is_line(&text, elements_of(&array)) => quote!(DelayLine),
            false => quote!(State),
        };
        let [reads, writes] = counts.get(&text).copied().unwrap_or_default().map(Index::from);
        let number = Index::from(position);
        self.zones.push(quote! {
            Zone::of::<#array>(#text, #number, Role::#role, Phase::#phase).accessed(#reads, #writes)
        });
        self.positions.insert(text.clone(), position);
        self.types.insert(text, array);
    }

    fn generator_zone(&mut self, name: &Ident, phase: &str) {
        let (text, position, phase) = (name.to_string(), self.zones.len(), format_ident!("{}", phase));
        let number = Index::from(position);
        self.zones.push(quote! { Zone::of::<#name>(#text, #number, Role::Generator, Phase::#phase) });
        self.places.generators.insert(text, position);
    }

    fn module(&mut self, state: &[Field], options: &RustOptions) -> Result<TokenStream, RustError> {
        let class = self.class()?;
        let instance = self.instance()?;
        let state_functions = self.state_functions()?;
        let generators = self.generators();
        let helpers = self.helpers();
        self.refuse_foreign()?;
        let parameters = interface::constants(&self.program.function("build_user_interface_static")?.block)?;
        let parameter_types = interface::types();
        let metadata = interface::declared(&self.program.function("metadata")?.block);
        let math = math::module(&self.functions, options.math);
        let waves = self.program.waves.iter().map(|wave| {
            let (name, array, numbers) = (&wave.ident, &wave.ty, &wave.expr);
            quote! { static #name: #array = #numbers; }
        });
        let ([inputs, outputs], sample) = (self.program.channels.map(Index::from), &self.program.sample);
        let (zones, count) = (&self.zones, Index::from(self.zones.len()));
        let state = state.iter().map(|field| {
            let (name, kind) = (&field.ident, &field.ty);
            quote! { #name: #kind }
        });
        let title = format!(
            " The Faust program `{}`, whose arrays a memory manager places. Written by sostenuto-faust: do not edit.",
            self.program.class
        );
        Ok(quote! {
            #![doc = #title]
            #![forbid(unsafe_code)]
            #![allow(
                dead_code, non_camel_case_types, non_snake_case, non_upper_case_globals, unused_mut, unused_parens,
                unused_variables, unused_assignments, unused_imports, unused_must_use, clippy::all
            )]

            use sostenuto_mem::dsp::{DspMemoryManager, OutOfMemory, Phase, Placed, Role, WrongBuffers, Zone};
            use sostenuto_mem::zeroable;

            type F32 = f32;
            type F64 = f64;
            /// A sample, and the value of a parameter.
            pub type FaustFloat = #sample;

            /// How many channels come in.
            pub const INPUTS: usize = #inputs;
            /// How many channels go out.
            pub const OUTPUTS: usize = #outputs;
            /// What the program declares about itself.
            #metadata
            /// What can be set and read while it runs, by index.
            #parameters

            /// All memory that the class and an instance need.
            pub static ZONES: [Zone<'static>; #count] = [#(#zones),*];

            /// Tells the manager all zones, before the first is asked for.
            pub fn memory_info(manager: &dyn DspMemoryManager) {
                manager.begin(ZONES.len());
                for zone in &ZONES {
                    manager.info(zone);
                }
                manager.end();
            }

            #parameter_types
            #class
            #instance

            zeroable! {
                /// What an instance has beside its arrays.
                struct State { #(#state),* }
            }
            #state_functions
            #generators
            #(#waves)*
            #helpers
            #math
        })
    }

    /// The tables, which all instances share.
    fn class(&mut self) -> Result<TokenStream, RustError> {
        let mut fill = self.program.function("class_init")?;
        let needs = self.rewrite(&mut fill);
        let names: Vec<Ident> = self.program.tables.iter().map(|table| table.name.clone()).collect();
        let arrays: Vec<_> = self.program.tables.iter().map(|table| table.array.clone()).collect();
        let (last_names, last_arrays) = (names.iter().rev(), arrays.iter().rev());
        let places: Vec<Index> = names.iter().map(|name| self.positions[&name.to_string()].into()).collect();
        let statements = &fill.block.stmts;
        let parameters = self.parameters(&needs, true);
        let arguments = needs.zones.iter().map(|name| format_ident!("{}", name));
        Ok(quote! {
            /// What all instances share: the tables, each where the manager has placed it.
            pub struct Class<'m> {
                #(#last_names: Placed<'m, #last_arrays>,)*
                manager: core::marker::PhantomData<&'m dyn DspMemoryManager>,
            }

            impl<'m> Class<'m> {
                /// Places and computes the tables.
                ///
                /// # Errors
                ///
                /// [`OutOfMemory`], if the manager has no room for one. Then nothing is kept.
                pub fn class_init(manager: &'m dyn DspMemoryManager, sample_rate: i32) -> Result<Self, OutOfMemory> {
                    #(let mut #names: Placed<#arrays> = Placed::zeroed(manager, &ZONES[#places])?;)*
                    fill_tables(manager, sample_rate, #(&mut #arguments),*)?;
                    Ok(Self { #(#names,)* manager: core::marker::PhantomData })
                }

                /// Gives the tables back, as dropping the class does.
                pub fn class_destroy(self) {}
            }

            fn fill_tables(
                manager: &dyn DspMemoryManager, sample_rate: i32, #(#parameters),*
            ) -> Result<(), OutOfMemory> {
                #(#statements)*
                Ok(())
            }
        })
    }

    fn instance(&mut self) -> Result<TokenStream, RustError> {
        let names: Vec<Ident> = self.arrays.iter().map(|array| array.name.clone()).collect();
        let arrays: Vec<_> = self.arrays.iter().map(|array| array.array.clone()).collect();
        let (last_names, last_arrays) = (names.iter().rev(), arrays.iter().rev());
        let places: Vec<Index> = names.iter().map(|name| self.positions[&name.to_string()].into()).collect();
        let state = Index::from(self.state);
        let tables = match self.program.functions.contains_key("static_init") {
            true => {
                let tables = self.arguments("static_init", &quote!())?;
                quote! { state.static_init(manager, sample_rate, #(#tables),*)?; }
            }
            false => quote!(),
        };
        let constants = self.arguments("instance_constants", &quote!())?;
        let clear = self.arguments("instance_clear", &quote!())?;
        let compute = self.arguments("compute", &quote!(self.))?;
        Ok(quote! {
            /// One of those that play, each of its arrays where the manager has placed it.
            pub struct Instance<'m> {
                #(#last_names: Placed<'m, #last_arrays>,)*
                state: Placed<'m, State>,
                class: &'m Class<'m>,
            }

            impl<'m> Instance<'m> {
                /// Places an instance, with all parameters at their first values and silence in its arrays.
                ///
                /// # Errors
                ///
                /// [`OutOfMemory`], if the manager has no room for an array. Then nothing is kept.
                pub fn instance_init(
                    manager: &'m dyn DspMemoryManager, class: &'m Class<'m>, sample_rate: i32
                ) -> Result<Self, OutOfMemory> {
                    let mut state: Placed<State> = Placed::zeroed(manager, &ZONES[#state])?;
                    #(let mut #names: Placed<#arrays> = Placed::zeroed(manager, &ZONES[#places])?;)*
                    #tables
                    state.instance_constants(manager, sample_rate, #(#constants),*)?;
                    state.instance_reset_params();
                    state.instance_clear(#(#clear),*);
                    Ok(Self { #(#names,)* state, class })
                }

                /// Gives the instance back, as dropping it does.
                pub fn instance_destroy(self) {}

                /// Computes a block: as many samples as each buffer has.
                ///
                /// # Errors
                ///
                /// [`WrongBuffers`], if there are not as many as channels, or not of one length.
                pub fn compute(
                    &mut self, inputs: &[&[FaustFloat]], outputs: &mut [&mut [FaustFloat]]
                ) -> Result<(), WrongBuffers> {
                    let samples = WrongBuffers::check([INPUTS, OUTPUTS], inputs, outputs)?;
                    self.state.compute(samples as _, inputs, outputs, #(#compute),*);
                    Ok(())
                }

                /// The value of a parameter, by its index.
                #[must_use]
                pub fn parameter(&self, index: usize) -> Option<FaustFloat> {
                    self.state.get_param(i32::try_from(index).ok()?)
                }

                /// Sets a parameter by its index. Whether there is one.
                pub fn set_parameter(&mut self, index: usize, value: FaustFloat) -> bool {
                    let is_there = self.parameter(index).is_some();
                    if is_there {
                        self.state.set_param(index as i32, value);
                    }
                    is_there
                }
            }
        })
    }

    /// What a function of the state wants of the arrays, as arguments from where they are.
    fn arguments(&mut self, function: &str, from: &TokenStream) -> Result<Vec<TokenStream>, RustError> {
        let mut function = self.program.function(function)?;
        let needs = self.rewrite(&mut function);
        let zones = needs.zones.iter().map(|zone| {
            let name = format_ident!("{}", zone);
            match self.places.tables.contains(zone) {
                true if from.is_empty() => quote! { &class.#name },
                true => quote! { &self.class.#name },
                false => quote! { &mut #from #name },
            }
        });
        Ok(zones.collect())
    }

    /// The functions of the class without those arrays, which are handed in.
    fn state_functions(&mut self) -> Result<TokenStream, RustError> {
        let mut written = Vec::new();
        for name in FUNCTIONS_OF_STATE {
            if name == "static_init" && !self.program.functions.contains_key(name) {
                continue;
            }
            let mut function = self.program.function(name)?;
            let needs = self.rewrite(&mut function);
            with_plain_index(&mut function.block);
            let zones = self.parameters(&needs, false);
            let statements = &function.block.stmts;
            let ident = format_ident!("{}", name);
            written.push(match name {
                "static_init" | "instance_constants" => quote! {
                    fn #ident(
                        &mut self, manager: &dyn DspMemoryManager, sample_rate: i32, #(#zones),*
                    ) -> Result<(), OutOfMemory> {
                        #(#statements)*
                        Ok(())
                    }
                },
                "compute" => quote! {
                    fn compute(
                        &mut self, count: i32, inputs: &[&[FaustFloat]], outputs: &mut [&mut [FaustFloat]], #(#zones),*
                    ) {
                        #(#statements)*
                    }
                },
                "get_param" => quote! {
                    fn get_param(&self, param: i32) -> Option<FaustFloat> { #(#statements)* }
                },
                "set_param" => quote! {
                    fn set_param(&mut self, param: i32, value: FaustFloat) { #(#statements)* }
                },
                _ => quote! { fn #ident(&mut self, #(#zones),*) { #(#statements)* } },
            });
        }
        Ok(quote! { impl State { #(#written)* } })
    }

    fn generators(&mut self) -> TokenStream {
        let (places, mut needs) = (Places::default(), Vec::new());
        let mut written = TokenStream::new();
        for generator in &mut self.program.generators {
            for item in &mut generator.functions.items {
                if let ImplItem::Fn(function) = item {
                    needs.push(rewrite(&mut function.block, &places));
                }
            }
            let (name, functions) = (&generator.name, &generator.functions);
            let fields = generator.fields.iter().map(|field| {
                let (name, kind) = (&field.ident, &field.ty);
                quote! { #name: #kind }
            });
            written.extend(quote! {
                zeroable! {
                    /// What computes a table.
                    struct #name { #(#fields),* }
                }
                #functions
            });
        }
        needs.iter().for_each(|needs| self.note(needs));
        written
    }

    fn helpers(&mut self) -> TokenStream {
        let (places, mut needs) = (Places::default(), Vec::new());
        let mut written = TokenStream::new();
        for helper in &mut self.program.helpers {
            needs.push(rewrite(&mut helper.block, &places));
            written.extend(quote! { #helper });
        }
        needs.iter().for_each(|needs| self.note(needs));
        written
    }

    fn rewrite(&mut self, function: &mut ImplItemFn) -> Needs {
        let needs = rewrite(&mut function.block, &self.places);
        self.note(&needs);
        needs
    }

    fn note(&mut self, needs: &Needs) {
        self.functions.extend(needs.functions.iter().cloned());
        self.calls.extend(needs.calls.iter().cloned());
    }

    /// Refuses a call of what is neither here nor in Rust.
    fn refuse_foreign(&self) -> Result<(), RustError> {
        let is_here =
            |name: &str| name == "Some" || self.program.helpers.iter().any(|helper| helper.sig.ident == name);
        match self.calls.iter().find(|name| !is_here(name)) {
            Some(name) => Err(RustError::Foreign(name.clone())),
            None => Ok(()),
        }
    }

    /// The arrays that a function needs, as its parameters.
    fn parameters(&self, needs: &Needs, writes_tables: bool) -> Vec<TokenStream> {
        let zones = needs.zones.iter().map(|zone| {
            let (name, array) = (format_ident!("{}", zone), &self.types[zone]);
            match self.places.tables.contains(zone) && !writes_tables {
                true => quote! { #name: &#array },
                false => quote! { #name: &mut #array },
            }
        });
        zones.collect()
    }
}
