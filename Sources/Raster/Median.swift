/// The middle of some values; of an even number, the mean of the two in the middle; 0 of none.
package func median<Value: BinaryFloatingPoint>(of values: [Value]) -> Value { middle(ofSorted: values.sorted()) }

/// The same of values that are in order.
package func middle<Value: BinaryFloatingPoint>(ofSorted values: [Value]) -> Value {
  guard !values.isEmpty else { return 0 }
  let middle = values.count / 2
  return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
}
