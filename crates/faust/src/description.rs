//! What a module says of itself: the JSON that the compiler puts at address 0.

use serde::Deserialize;
use sostenuto_board::program::{Meter, Parameter};

use crate::error::ModuleError;

/// The parts of the description that are of use here.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Description {
    /// Bytes of the program's own memory.
    pub(crate) size: u32,
    pub(crate) inputs: u32,
    pub(crate) outputs: u32,
    #[serde(default)]
    ui: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    items: Vec<Item>,
    address: Option<String>,
    index: Option<u32>,
    init: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
}

impl Description {
    pub(crate) fn parse(json: &[u8]) -> Result<Description, ModuleError> {
        Ok(serde_json::from_slice(json)?)
    }

    /// Where the values of parameters and meters lie, in the order in which the program declares them.
    pub(crate) fn addresses(&self) -> Vec<u32> {
        self.widgets().into_iter().filter_map(|item| item.index).collect()
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let widgets = self.widgets().into_iter().filter(|item| !item.is_meter());
        let parameter = |item: &Item| Parameter {
            path: item.address.clone().unwrap_or_default(),
            label: item.label.clone(),
            address: item.index.unwrap_or_default(),
            // Buttons and check boxes say nothing of their values.
            init: item.init.unwrap_or(0.0),
            min: item.min.unwrap_or(0.0),
            max: item.max.unwrap_or(1.0),
            step: item.step.unwrap_or(1.0),
        };
        widgets.map(parameter).collect()
    }

    pub(crate) fn meters(&self) -> Vec<Meter> {
        let widgets = self.widgets().into_iter().filter(|item| item.is_meter());
        let meter = |item: &Item| Meter {
            path: item.address.clone().unwrap_or_default(),
            address: item.index.unwrap_or_default(),
        };
        widgets.map(meter).collect()
    }

    fn widgets(&self) -> Vec<&Item> {
        let mut widgets = Vec::new();
        self.ui.iter().for_each(|item| item.gather(&mut widgets));
        widgets
    }
}

impl Item {
    fn gather<'i>(&'i self, widgets: &mut Vec<&'i Item>) {
        if self.index.is_some() && self.address.is_some() {
            widgets.push(self);
        }
        self.items.iter().for_each(|item| item.gather(widgets));
    }

    fn is_meter(&self) -> bool {
        self.kind.ends_with("bargraph")
    }
}
