/// Version of the programs, of the package, and in the record of every item.
package enum SupertileVersion {
  package static let current = "0.1.0"
}
