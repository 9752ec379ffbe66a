internal import CGDAL

/// Pixel types this adapter reads and writes; GDAL converts (rounds and clamps) where the file holds another.
package protocol RasterSample: Sendable {
  static var gdalTypeCode: UInt32 { get }
}

extension UInt8: RasterSample { package static var gdalTypeCode: UInt32 { GDT_Byte.rawValue } }
extension UInt16: RasterSample { package static var gdalTypeCode: UInt32 { GDT_UInt16.rawValue } }
extension Int16: RasterSample { package static var gdalTypeCode: UInt32 { GDT_Int16.rawValue } }
extension Int32: RasterSample { package static var gdalTypeCode: UInt32 { GDT_Int32.rawValue } }
extension Double: RasterSample { package static var gdalTypeCode: UInt32 { GDT_Float64.rawValue } }
extension Float: RasterSample { package static var gdalTypeCode: UInt32 { GDT_Float32.rawValue } }

/// Pixel type of a file's band.
package enum SampleType: String, Sendable {
  case uint8, uint16, int16, uint32, int32, float32, float64, other

  var code: GDALDataType {
    switch self {
    case .uint8: GDT_Byte
    case .uint16: GDT_UInt16
    case .int16: GDT_Int16
    case .uint32: GDT_UInt32
    case .int32: GDT_Int32
    case .float32: GDT_Float32
    case .float64: GDT_Float64
    case .other: GDT_Unknown
    }
  }

  init(_ code: GDALDataType) {
    switch code {
    case GDT_Byte: self = .uint8
    case GDT_UInt16: self = .uint16
    case GDT_Int16: self = .int16
    case GDT_UInt32: self = .uint32
    case GDT_Int32: self = .int32
    case GDT_Float32: self = .float32
    case GDT_Float64: self = .float64
    default: self = .other
    }
  }
}
