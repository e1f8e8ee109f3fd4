//! A window without a window: runs `ui` code frame by frame and paints its triangles on the CPU, so that a picture of
//! any panel can be made and looked at on a machine without display or GPU.

use std::path::Path;

use eframe::egui::{self, Color32, Context, Event, Pos2, RawInput, Rect, Ui, Vec2, epaint};
use resvg::tiny_skia::{ColorU8, Pixmap};
use tasklane::chart::palette::Theme;
use tasklane::gui::theme;

pub struct Screen {
    pub ctx: Context,
    size: Vec2,
    texture: egui::ColorImage,
    triangles: Vec<egui::ClippedPrimitive>,
    time: f64,
}

impl Screen {
    pub fn new(size: Vec2, look: Theme) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        theme::apply(&ctx, look);
        Screen { ctx, size, texture: egui::ColorImage::default(), triangles: vec![], time: 0.0 }
    }

    /// One frame with that input, a sixtieth of a second after the last.
    pub fn frame(&mut self, events: Vec<Event>, mut content: impl FnMut(&mut Ui)) {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| content(ui));
        let changes =
            output.textures_delta.set.iter().flat_map(|(id, changes)| changes.iter().map(move |one| (id, one)));
        for (id, delta) in changes {
            assert_eq!(*id, egui::TextureId::default(), "only the font texture is expected");
            let epaint::ImageData::Color(image) = &delta.image;
            match delta.pos {
                None => self.texture = (**image).clone(),
                Some([left, top]) => {
                    for (row, line) in image.pixels.chunks(image.width()).enumerate() {
                        let at = (top + row) * self.texture.width() + left;
                        self.texture.pixels[at..at + line.len()].copy_from_slice(line);
                    }
                }
            }
        }
        output.textures_delta.clear();
        self.triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
    }

    /// Some frames, so that what is measured in one is in its place in the next.
    pub fn settle(&mut self, mut content: impl FnMut(&mut Ui)) {
        for _ in 0..4 {
            self.frame(vec![], &mut content);
        }
    }

    pub fn picture(&self) -> Picture {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole pixels")]
        let (width, height) = (self.size.x as usize, self.size.y as usize);
        let mut picture = Picture { width, height, pixels: vec![Color32::BLACK; width * height] };
        for primitive in &self.triangles {
            if let epaint::Primitive::Mesh(mesh) = &primitive.primitive {
                for corners in mesh.indices.chunks_exact(3) {
                    let corner = |at: usize| &mesh.vertices[corners[at] as usize];
                    picture.triangle([corner(0), corner(1), corner(2)], primitive.clip_rect, &self.texture);
                }
            }
        }
        picture
    }
}

pub struct Picture {
    width: usize,
    height: usize,
    /// Premultiplied.
    pixels: Vec<Color32>,
}

impl Picture {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "pixels, clamped to the picture"
    )]
    fn triangle(&mut self, corners: [&epaint::Vertex; 3], clip: Rect, texture: &egui::ColorImage) {
        let [a, b, c] = corners;
        let area = (b.pos - a.pos).x * (c.pos - a.pos).y - (b.pos - a.pos).y * (c.pos - a.pos).x;
        if area == 0.0 {
            return;
        }
        let bounds = Rect::from_points(&[a.pos, b.pos, c.pos])
            .intersect(clip)
            .intersect(Rect::from_min_size(Pos2::ZERO, egui::vec2(self.width as f32, self.height as f32)));
        let edge =
            |from: Pos2, to: Pos2, at: Pos2| ((to - from).x * (at - from).y - (to - from).y * (at - from).x) / area;
        // A pixel on an edge belongs to one of the two triangles that share it: the one right of or below the edge.
        let inside = |weight: f32, from: Pos2, to: Pos2| {
            let along = (to - from) * area.signum();
            weight > 0.0 || (weight == 0.0 && (along.y < 0.0 || (along.y == 0.0 && along.x > 0.0)))
        };
        for y in bounds.top() as usize..bounds.bottom().ceil().max(0.0) as usize {
            for x in bounds.left() as usize..bounds.right().ceil().max(0.0) as usize {
                let at = egui::pos2(x as f32 + 0.5, y as f32 + 0.5);
                let weights = [edge(b.pos, c.pos, at), edge(c.pos, a.pos, at), edge(a.pos, b.pos, at)];
                if !clip.contains(at)
                    || !inside(weights[0], b.pos, c.pos)
                    || !inside(weights[1], c.pos, a.pos)
                    || !inside(weights[2], a.pos, b.pos)
                {
                    continue;
                }
                let mix = |value: fn(&epaint::Vertex) -> f32| {
                    corners.iter().zip(weights).map(|(corner, weight)| value(corner) * weight).sum::<f32>()
                };
                let column = (mix(|v| v.uv.x) * texture.width() as f32) as usize;
                let row = (mix(|v| v.uv.y) * texture.height() as f32) as usize;
                let (column, row) = (column.min(texture.width() - 1), row.min(texture.height() - 1));
                let texel = texture.pixels[row * texture.width() + column];
                let tint = [
                    mix(|v| f32::from(v.color.r())) * f32::from(texel.r()) / 255.0,
                    mix(|v| f32::from(v.color.g())) * f32::from(texel.g()) / 255.0,
                    mix(|v| f32::from(v.color.b())) * f32::from(texel.b()) / 255.0,
                    mix(|v| f32::from(v.color.a())) * f32::from(texel.a()) / 255.0,
                ];
                let pixel = &mut self.pixels[y * self.width + x];
                let over = |new: f32, old: u8| (new + f32::from(old) * (1.0 - tint[3] / 255.0)).round() as u8;
                *pixel = Color32::from_rgba_premultiplied(
                    over(tint[0], pixel.r()),
                    over(tint[1], pixel.g()),
                    over(tint[2], pixel.b()),
                    255,
                );
            }
        }
    }

    /// How many pixels have exactly this color.
    pub fn count(&self, color: Color32) -> usize {
        self.pixels.iter().filter(|pixel| **pixel == color).count()
    }

    pub fn save(&self, path: &Path) {
        let (width, height) = (u32::try_from(self.width).unwrap(), u32::try_from(self.height).unwrap());
        let mut pixmap = Pixmap::new(width, height).unwrap();
        for (to, from) in pixmap.pixels_mut().iter_mut().zip(&self.pixels) {
            *to = ColorU8::from_rgba(from.r(), from.g(), from.b(), 255).premultiply();
        }
        pixmap.save_png(path).unwrap();
    }
}
