internal import Geometry
package import Raster

/// An image and its truth, reflectance, with the pixels that can be compared.
package struct ImagePair: Sendable {
  package let image: FloatImage
  package let truth: FloatImage
  /// Both hold data there, in every band.
  package let isValid: [Bool]

  /// - Precondition: both have the same bands and size.
  package init(image: FloatImage, truth: FloatImage, isValid: [Bool]) {
    precondition(image.bands == truth.bands && image.size == truth.size && isValid.count == image.size.pixelCount)
    self.image = image
    self.truth = truth
    self.isValid = isValid
  }
}
