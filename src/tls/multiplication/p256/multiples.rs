//! Multiples of the base point of P-256, for `base_point`, whose tests add them up anew.
#![expect(clippy::unreadable_literal, reason = "parts of longer numbers")]

use super::base_point::TEETH;

/// An affine point: x, then y, the most significant word first.
pub(super) type Words = [u64; 8];

/// The multiples 1 to 31: of a number whose bit i stands for 2^(52 i).
#[rustfmt::skip]
pub(super) static MULTIPLES: [Words; (1 << TEETH) - 1] = [
    [
        0x6b17d1f2e12c4247, 0xf8bce6e563a440f2, 0x77037d812deb33a0, 0xf4a13945d898c296,
        0x4fe342e2fe1a7f9b, 0x8ee7eb4a7c0f9e16, 0x2bce33576b315ece, 0xcbb6406837bf51f5,
    ],
    [
        0x54ccc9415026d73f, 0x20a845b72a58e5b1, 0x8bd27f198542a0be, 0xeea6bc92071e5c83,
        0x1c433f45b4514532, 0x3a8f8715dad2bf22, 0x929e0bcc5d8ee496, 0xcfd08ef7140916a1,
    ],
    [
        0x3cfa0f87297bed02, 0xdfcc2358f94c9d1d, 0x593a09a03a23c6ab, 0xf7d24bb704bac870,
        0xe4e3769470be12c6, 0xa758aa808309af9b, 0x62121c0d0248a8af, 0xce98a30b40f26940,
    ],
    [
        0x7ef2ee3c5c792a0c, 0x0fef6335224d9428, 0xa7d2c98f6743333e, 0xc739a5ea3ecca7e0,
        0xafb6862730acc011, 0xa4f67f51d5e609db, 0x81b21450dfbd3d20, 0x302b22dd552ac094,
    ],
    [
        0xd66903376df0fd5e, 0x28fe9a4f254c5491, 0xf6d77c27088b86db, 0xdd37e3ff86ef7d7d,
        0x20e2a53ce6d13d22, 0xa13e9578df074167, 0xf3d1a7af9e4373f9, 0x9ff04992addad596,
    ],
    [
        0xb666fac5b77e46e9, 0x276203c212f01e9e, 0xa424ec2dbe3c7265, 0xd7b86aeeb0879605,
        0x38aaa38090246904, 0xeb5abc19ee3de5a9, 0xef46a44a726cd8b6, 0xf431bb1a3bf0c52d,
    ],
    [
        0x621c75d102eadb2e, 0xdb82b3ea544920a4, 0xc302f8f496bea25a, 0xaebfd735525d6abf,
        0xd7c4a4feb4fa649d, 0x4fdac96f522d7f70, 0x225d03d857c46d63, 0x8939dc4c9ef485f0,
    ],
    [
        0x0d2bf28ba7c2a51a, 0x90f573a82589f18e, 0x07e50ab01786df70, 0x9c762ef1943e832a,
        0x0cac3f4313bd00ac, 0x7087a10a94b4e7ed, 0x27ec9db960551446, 0x48263af15b20d37c,
    ],
    [
        0x00dc46e7c99a739d, 0x9f05f94a8c267d88, 0xf7659958edd9583f, 0x8bc659aac0b9372a,
        0x0312a55745793424, 0x40d1e3ab5228c111, 0xb5eb202d8156bf6a, 0x4af50a00df55d0f2,
    ],
    [
        0x3c510ce2882a7892, 0x867c558008dcd7ab, 0xc8a820bd1c7522c0, 0x9d90cda89e6486e0,
        0xd35e620f5acf053f, 0xc3a7fc085ba997b0, 0x33392776eda4e046, 0x0e283334646d54c6,
    ],
    [
        0x3c53e29015b0a1e5, 0x76347a5284e32e59, 0x05e3f2230d8c013d, 0x8d9692f77eb8cfee,
        0xd30e7cda140efeb3, 0x11a9f0729a08693f, 0x1b9f1bd100d23591, 0x538b7da5fae798d4,
    ],
    [
        0x02fd7b7329c2024d, 0x39f9ff69b96b9911, 0xbfed14fedad210d5, 0x81dec9264dd6c004,
        0x42ebd3cb59927df3, 0x00f34addc7797831, 0xb682b9990c236311, 0x50cfceb8715d29fc,
    ],
    [
        0xed84bb425fe39aad, 0xfd426d942df232cf, 0x13d72b7a3f7fbe90, 0x6dfcf787f8e8f683,
        0xa3233455583c33f2, 0x0cf83b6197a1d703, 0x67dd0a8e355430e3, 0x023e67a1732995fc,
    ],
    [
        0x9e9889bcd449242d, 0x6745ff877009b958, 0xfb50088200cfa617, 0x27014ab468142904,
        0xd9ba5b687e79b3a2, 0x94c0d24b292e6aa0, 0x00855156138e99e2, 0x035b613b575616c8,
    ],
    [
        0x95e1845266382ada, 0xb31d23531b4d0d1f, 0x50cc51c18a4eee61, 0xcebbbc7b5f165d99,
        0x68d68c8f6b0fb8f3, 0x3eaa82891f4fa12f, 0xa0a2a96e4142ff0f, 0xacad4f810a839b5b,
    ],
    [
        0x55d5398d1666432b, 0x557582c99ad53458, 0x0101fb06a050e62c, 0x320f09c3839bb85f,
        0x576e229049ff8e2d, 0x059c6a9e8ebaa72a, 0xd90d6a7f1833d9e1, 0xf7f631184fed936f,
    ],
    [
        0x54e244d5101e5de4, 0x9d3dc3346beccbb9, 0xe80f26bd8d0f4f65, 0x9311a26951bbb3f1,
        0xd6bbec0eec106eb6, 0x19bd410735df9c25, 0x4334fbc058c2e3b7, 0xb3ad4c6ef1b19e28,
    ],
    [
        0x443737cd3c00736b, 0xf1c05d984a8cb46e, 0x12839b95f179327b, 0x788251c7e5046dc5,
        0x83719dd7e6fe7af5, 0xc56eb80af42c23e8, 0x797489de0817bdd9, 0xa760a45612cd8fe5,
    ],
    [
        0xee0816a3d4d021b6, 0x10b37ecd771e4688, 0xaea3c9e0b9b5290b, 0xe8881a833fefcfc8,
        0xc4a438e3ad9006e1, 0x3a5fdf82db49019f, 0x48915dcfc105f2d1, 0x8e9929bfb3a8caa1,
    ],
    [
        0xdb96bb0c7853a937, 0x301ba1b232acf105, 0xd7420c18d91ecb2e, 0x5db9620f87de4b29,
        0xb325074e7a13222c, 0x3fbee4d3b9da1717, 0xab80cef064852a1d, 0xd84bfef6c359ac34,
    ],
    [
        0x8699dd31e09cb9f0, 0x552788accbd21e33, 0xca9f7a1daed035be, 0x5d6dc503e83ad2c9,
        0x16e65484e92859b7, 0x24199908c72c78c1, 0x4cb20e96b82a5af9, 0x38584196329bf961,
    ],
    [
        0xeec0b9752cc67214, 0x4a75998216c1da96, 0x6c8971230031dbb4, 0x6a201c4b052fde29,
        0xe02af770f7f1d283, 0x789d664bf966f329, 0x367fb66a8439f6ba, 0xb908b9f1812c864e,
    ],
    [
        0x186c7f793df3245e, 0xc9b97d374b600b83, 0x5f0b46d5e99d5c7c, 0xa20a2c70db3038dd,
        0x9c428db89ab58913, 0x8139b36a8d2ea797, 0x9249897f91e2d8ed, 0x2af724604f1ce57f,
    ],
    [
        0xee2280f44e33a65d, 0x7afccc8a295b57d2, 0xdcbab6501b6b9730, 0xb4a196fb6471aaa0,
        0xce46ec91a6a1eb84, 0x0d598f06ed5fbbd2, 0x4e98a98d82604f6b, 0xc47a0803890fcd12,
    ],
    [
        0xc62e155c58a5f263, 0x5bc5341e271a93f1, 0x5f72cc22595e6547, 0x1f1e4f3f4be6458d,
        0xff9f232218267e4e, 0xd33a7657eeaa4d04, 0x67e1f7dc7e36a6ad, 0x5f6f845a58ba7ff4,
    ],
    [
        0xa0318a5f32f6e514, 0xa0e8f0a70baba29a, 0xc7876fb63696b437, 0xd369f11f4a53789f,
        0xf320b8fcf0eebb3a, 0xfd08903f09a325aa, 0x418c507c362eebb1, 0x5c4a43d111775a08,
    ],
    [
        0x5e677d0c959c44fa, 0xa4486916f4646f9f, 0x4030ecc3bb9002d8, 0xe33f0255c7644c1d,
        0x449f0ce63100d31e, 0xe33d0bd502993aea, 0x5d93a86f6248f91f, 0xe2e7d7d0d88b9144,
    ],
    [
        0x8c5688745a7941e4, 0x9011091d3067791f, 0x34ca923ba6d0afc7, 0x3fcd925a73cf2678,
        0xfb3a48b15bad14d2, 0xf2ddb693e88c6420, 0x7744316b595c51f4, 0x34d37180fc339800,
    ],
    [
        0xe4da88e993d0cb92, 0x2a849471a591f853, 0x68c0cd443127354c, 0x52df1588fdaab256,
        0xf7fa4d1510062e80, 0x97fc50ded0f3bc51, 0x60fe2a36263707ba, 0x6d1ea35d1639c624,
    ],
    [
        0x4b59253af9c13de7, 0xb58a6071e639ec09, 0xb6c935fb3feaa272, 0xc429a113024c168d,
        0xaa0307bf7fa79c93, 0xe85d782001f185f5, 0xf0064c1250723fe2, 0x6d2d68f2fbfb8955,
    ],
    [
        0x825f01948e831d5b, 0x76c4c1804286fb42, 0x1a2530b05a00169c, 0x2e75a2665b696527,
        0x435872febc723a17, 0x61794c4f24111150, 0x106f9bc4ce5b106a, 0xdbf0a11fef703739,
    ],
];
