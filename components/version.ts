/** Version of this package, as the ownership file records it. A test keeps it equal to package.json. */
export const version = "0.1.0";
